# Records requests as botocore signs them, with a fixed clock and made-up keys: python3 record_botocore.py > botocore.json (botocore 1.43).
import datetime
import json
from urllib.parse import urlsplit

import botocore.auth as A
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
T = datetime.datetime(2026,3,14,15,9,26, tzinfo=datetime.timezone.utc)
A.get_current_datetime = lambda *a, **k: T
AK = 'AKIDBOTOCORE0EXAMPLE'
SK = 'botocore/fake+secret0EXAMPLEKEY'
TOK = 'FwoGZXIvYXdzEXAMPLE//token+with=odd/chars=='
H='http://127.0.0.1:4566'
cases=[
 ('get apis','GET',H+'/v2/apis','',{}, 'apigateway',False),
 ('default stage','GET',H+'/v2/apis/a1b2c3/stages/%24default','',{},'apigateway',False),
 ('tag arn one segment','GET',H+'/v2/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fabc','',{},'apigateway',False),
 ('tag arn with tag keys','DELETE',H+'/v2/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapis%2Fabc?tagKeys=a%2Fb&tagKeys=a-b&tagKeys=x%20y','',{},'apigateway',False),
 ('create api','POST',H+'/v2/apis','{"name":"pets","protocolType":"HTTP"}',{'Content-Type':'application/json'},'apigateway',False),
 ('session token','GET',H+'/v2/apis?maxResults=5','',{},'apigateway',True),
 ('double slashes','GET',H+'//v2//apis/','',{},'apigateway',False),
 ('dot segments','GET',H+'/v2/./apis/x/../y','',{},'apigateway',False),
 ('percent of percent','GET',H+'/v2/apis/100%2525','',{},'apigateway',False),
 ('utf-8 and tilde','GET',H+'/v2/apis/%E1%88%B4~_-.','',{},'apigateway',False),
 ('query protocol','POST',H+'/','Action=GetCallerIdentity&Version=2011-06-15',{'Content-Type':'application/x-www-form-urlencoded; charset=utf-8'},'sts',False),
 ('json target','POST',H+'/','{}',{'Content-Type':'application/x-amz-json-1.1','X-Amz-Target':'Logs_20140328.DescribeLogGroups'},'logs',False),
 ('connections','POST','https://abc.execute-api.eu-west-1.amazonaws.com/prod/%40connections/fiJT%3D','hello',{},'execute-api',True),
 ('inner spaces and tabs','GET',H+'/v2/apis','',{'X-Amz-Meta-Note':'  a   b  ','X-Note':'x  y'},'apigateway',False),
 ('date header','GET',H+'/v2/apis','',{'Date':'x'},'apigateway',False),
]
out=[]
for name,m,u,b,h,svc,tok in cases:
  for kind,cls in (('header',A.SigV4Auth),('presigned',A.SigV4QueryAuth)):
    if kind=='presigned' and ('query' in name or 'date' in name or m=='POST'): continue
    r=AWSRequest(method=m,url=u,data=b.encode(),headers=h)
    c=Credentials(AK,SK,TOK if tok else None)
    a=cls(c,svc,'eu-west-1') if kind=='header' else cls(c,svc,'eu-west-1',expires=900)
    a.add_auth(r)
    p=r.prepare()
    s=urlsplit(p.url)
    hd=[[k,v if isinstance(v,str) else v.decode()] for k,v in r.headers.items()]
    out.append(dict(name=name+', '+kind,method=m,host=s.netloc,path=s.path,query=s.query,headers=hd,body=b,token=tok))
print(json.dumps(out,indent=1))
